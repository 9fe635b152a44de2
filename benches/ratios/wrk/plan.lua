-- Everybody looks at the same week, each with their own reasons.
function request()
  return plan(step() * 7 % 9000)
end

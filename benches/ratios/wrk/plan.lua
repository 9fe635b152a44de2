-- Everybody looks at the same week, each with their own reasons.
function request()
  return plan(step() * 7 % 10000)
end

-- Few who read the plan, each with a pause between two looks: load, not saturation.
function request()
  return plan(step() % 10000)
end

function delay()
  return math.random(50, 150)
end

-- Publication: one looks, the next one tries for a hot shift.
function request()
  local number = step()
  if number % 4 < 2 then
    return plan(number * 7 % 9000)
  end
  return book(number * 7 % 9000, number % 20 + 1)
end

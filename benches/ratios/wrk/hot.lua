-- Everybody wants the same twenty shifts, whose seats are gone.
function request()
  local number = step()
  return book(number * 7 % 9000, number % 20 + 1)
end

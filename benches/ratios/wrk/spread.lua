-- Bookings spread over all shifts; each person and shift once.
function request()
  return book(pair(step()))
end

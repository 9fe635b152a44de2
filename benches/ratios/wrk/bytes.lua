-- The same bytes, from memory.
function request()
  return "GET /bytes HTTP/1.1\r\n" .. cookie(step() % 10000) .. "\r\n"
end

-- Requests of all users by turns, made before the load begins.
--
--     wrk … -s requests.lua URL -- TOKENS PATH        `{w}` in PATH is the user's wallet
local requests, turn = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local wallet, token = line:match("(%S+) (%S+)")
    local path = args[2]:gsub("{w}", wallet)
    requests[#requests + 1] = "GET " .. path .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
  end
  math.randomseed(os.time())
  turn = math.random(#requests)
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- Portal's webhooks: a custodian's share of 5.8 KB each, no two the same, for a hundred thousand clients by turns.
--
--     wrk … -s webhooks.lua URL -- SECRET
local head, middle, turn = "", "", 0
local ending = '"}'

function init(args)
  math.randomseed(os.time())
  -- Another run's shares are others.
  middle = '","backupMethod":"GDRIVE-SECP256K1","share":"{\\"clientBk\\":\\"' .. string.rep("7", 5700) .. '\\",\\"x\\":\\"'
    .. string.format("%09d", math.random(999999999))
  ending = '\\"}"}'
  head = "POST /portal/backup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Webhook-Secret: "
    .. args[1] .. "\r\nContent-Length: " .. #body(0) .. "\r\n\r\n"
end

function body(number)
  return string.format('{"clientId":"client-%06d', number % 100000) .. middle .. string.format("%09d", number) .. ending
end

function request()
  turn = turn + 1
  return head .. body(turn)
end

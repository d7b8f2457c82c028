-- wrk publishes values: each request another delegate in turn, each value another one. From the environment: CREDENTIALS, a file
-- with a user, a key and a label on each line; RUN, what makes the values of this run differ from those of others; RATE, requests
-- a second of all connections together, or nothing for as many as there can be; CLOSE, if not empty, for a connection for each request.
local requests, place, number = {}, 0, 0
local close = (os.getenv("CLOSE") or "") ~= "" and "Connection: close\r\n" or ""
local head = "POST /update HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" .. close ..
    "X-Api-User: %s\r\nX-Api-Key: %s\r\n\r\n"
local body = '{"subdomain":"%s","txt":"%s"}'
local run = os.getenv("RUN")

function init()
    for line in io.lines(os.getenv("CREDENTIALS")) do
        requests[#requests + 1] = {line:match("(%S+) (%S+) (%S+)")}
    end
end

function request()
    number = number + 1
    place = place % #requests + 1
    local user, key, label = unpack(requests[place])
    local content = body:format(label, run .. ("%0" .. (43 - #run) .. "d"):format(number))
    return head:format(#content, user, key) .. content
end

local rate = tonumber(os.getenv("RATE"))
if rate then
    local ffi = require("ffi")
    ffi.cdef [[
        typedef struct { long seconds, nanoseconds; } moment;
        int clock_gettime(int, moment *);
    ]]
    local moment = ffi.new("moment")
    local function now() -- in milliseconds
        ffi.C.clock_gettime(1, moment)
        return tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
    end
    local due
    -- wrk asks before each request for how many milliseconds to wait.
    function delay()
        local moment_ = now()
        due = math.max((due or moment_) + 1e3 / rate, moment_ - 100)
        return math.max(0, math.floor(due - moment_ + 0.5))
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(('{"requests": %d, "seconds": %.6f, "refused": %d, "failed": %d, "p50": %d, "p99": %d, "max": %d}\n'):format(
        summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end

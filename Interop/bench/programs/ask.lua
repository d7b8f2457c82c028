-- wrk asks for the path that it was given: each request with another delegate's credential in turn, from CREDENTIALS, a file with
-- a user, a key and a label on each line; without one if that is empty. If WRONG is 1, the key's last character is another. If there
-- is a BODY, it is posted, with the delegate's label in the place of the word LABEL.
local requests, place = {}, 0

function init()
    local path, file = wrk.path, os.getenv("CREDENTIALS")
    local body = os.getenv("BODY") or ""
    if file == "" then
        requests[1] = wrk.format("GET", path)
        return
    end
    for line in io.lines(file) do
        local user, key, label = line:match("(%S+) (%S+) (%S+)")
        if os.getenv("WRONG") == "1" then key = key:sub(1, -2) .. (key:sub(-1) == "A" and "B" or "A") end
        local headers = {["X-Api-User"] = user, ["X-Api-Key"] = key}
        if body == "" then
            requests[#requests + 1] = wrk.format("GET", path, headers)
        else
            headers["Content-Type"] = "application/json"
            requests[#requests + 1] = wrk.format("POST", path, headers, (body:gsub("LABEL", label)))
        end
    end
end

function request()
    place = place % #requests + 1
    return requests[place]
end

function done(summary)
    local errors = summary.errors
    io.write(('{"requests": %d, "refused": %d, "failed": %d}\n'):format(
        summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end

-- What wrk asks for: settings come by the environment, because its command line is its own.
local token = os.getenv("LOAD_TOKEN")
local kind = os.getenv("LOAD_KIND")
local path = os.getenv("LOAD_PATH")
local digest = os.getenv("LOAD_DIGEST")
local first = tonumber(os.getenv("LOAD_FIRST") or "1")
local last = tonumber(os.getenv("LOAD_LAST") or "1")
local cookie = os.getenv("LOAD_COOKIE")
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  math.randomseed(20261129 + number + (tonumber(os.getenv("LOAD_SEED") or "0")))
  wrk.headers["Accept"] = "application/json"
  if token then wrk.headers["Authorization"] = "Bearer " .. token end
  if cookie then
    wrk.headers["Cookie"] = cookie
    wrk.headers["Accept"] = "text/html"
  end
end

-- A BMP of 4 x 4 pixels, like no other.
local function picture()
  local pixels = {}
  for at = 1, 48 do pixels[at] = string.char(math.random(0, 255)) end
  local function four(value) return string.char(value % 256, math.floor(value / 256) % 256, 0, 0) end
  return "BM" .. four(102) .. four(0) .. four(54) .. four(40) .. four(4) .. four(4) .. "\1\0\24\0" .. string.rep("\0", 24) .. table.concat(pixels)
end

function request()
  if kind == "lookup" then
    return wrk.format("GET", "/api/v1/media/" .. digest .. string.format("%08x", math.random(first, last)))
  elseif kind == "submit" then
    local boundary = "podlinnik-load-3f9a"
    local body = "--" .. boundary .. '\r\nContent-Disposition: form-data; name="file"; filename="a.bmp"\r\n\r\n' .. picture() .. "\r\n--" .. boundary .. "--\r\n"
    return wrk.format("POST", "/api/v1/submissions", { ["Authorization"] = wrk.headers["Authorization"], ["Content-Type"] = "multipart/form-data; boundary=" .. boundary }, body)
  end
  return wrk.format("GET", path)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\nLOAD {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

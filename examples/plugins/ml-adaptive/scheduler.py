#!/usr/bin/env python3
# A scheduler without any library that learns how long to wait. It knows five waits, parts and multiples of the base interval. After each
# run it notes what the wait before it has cost, and takes the wait that was cheapest lately, except that now and then it tries another:
# the oldest learner there is (epsilon-greedy), and enough for a service that is slower by day or fails when it is asked too often.
import json, os, random, re

HOST = int(os.environ["BERTH_FD"])  # A socket; standard output and error are logs.
ID = "scheduler/ml-adaptive"
FACTORS = [0.25, 0.5, 1, 2, 4]
FAILED = 2  # What a run that failed costs; one that waits for the longest time, or that is busy all of its time, costs 1.
FORGET = 0.2  # The share of the newest run in what is known of a wait: what is long ago no longer counts.
UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION = r"^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$"
SCHEMA = {
    "type": "object",
    "properties": {
        "base_interval": {
            "type": "string", "pattern": DURATION, "x-flag": ["-b"],
            "description": "the interval to begin with; what is learnt lies between a quarter of it and four times it",
        },
        "explore": {
            "type": "number", "minimum": 0, "maximum": 1, "default": 0.1,
            "description": "how often another wait is tried than the best so far",
        },
        "seed": {"type": "integer", "description": "makes what it tries the same every time"},
    },
    "required": ["base_interval"],
    "additionalProperties": False,
}

class Learner:
    def __init__(self, config):
        parts = re.findall(r"([\d.]+)(ms|s|m|h|d)", config["base_interval"])
        self.base = sum(float(count) * UNITS[unit] for count, unit in parts)
        self.explore = config.get("explore", 0.1)
        self.random = random.Random(config.get("seed"))
        self.chosen = FACTORS.index(1)
        # By whether the run before failed: the right wait after a failure is another one. Nothing known is worth a try.
        self.costs = {True: [0.0] * len(FACTORS), False: [0.0] * len(FACTORS)}
        self.was_good = True

    def next(self, last):
        if last is None: return {"delayMs": 0, "note": "nothing is known before the first run"}
        if last["count"] > 1: self.learn(last)
        self.was_good = last["success"]
        costs = self.costs[self.was_good]
        tries = self.random.random() < self.explore
        self.chosen = self.random.randrange(len(FACTORS)) if tries else costs.index(min(costs))
        why = "tried" if tries else "best so far, cost " + format(costs[self.chosen], ".2f")
        return {"delayMs": self.base * FACTORS[self.chosen], "note": f"{FACTORS[self.chosen]} times the base: {why}"}

    def learn(self, last):
        wait = self.base * FACTORS[self.chosen]
        busy = last["durationMs"] / max(last["durationMs"] + wait, 1)
        cost = FACTORS[self.chosen] / FACTORS[-1] + busy + (0 if last["success"] else FAILED)
        costs = self.costs[self.was_good]
        costs[self.chosen] += FORGET * (cost - costs[self.chosen])

class Wrong(Exception): pass

learners = {}

def issues(config):
    given = config.get("base_interval")
    if given is None: return [{"path": ["base_interval"], "message": "is required"}]
    if isinstance(given, str) and re.match(DURATION, given): return []
    return [{"path": ["base_interval"], "message": "must be a duration such as 30s or 1h30m"}]

def answer(method, params):
    if method == "hello":
        about = {"id": ID, "description": "An interval that is learnt from how runs take and fail", "configSchema": SCHEMA}
        return {"protocol": 1, "contributions": [about]}
    if method == "config.check": return {"issues": issues(params.get("config") or {})}
    if method == "instance.open":
        if wrong := issues(params["config"]): raise Wrong(wrong)
        learners[params["instanceId"]] = Learner(params["config"])
        return {"members": ["next"]}
    if method == "instance.close": learners.pop(params["instanceId"], None)
    if method == "call": return {"value": learners[params["instanceId"]].next(params["args"][0])}
    if method == "plugin.health": return {"health": "healthy"}

for message in map(json.loads, open(HOST, "rb")):
    if "id" not in message or "method" not in message: continue
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    try: reply["result"] = answer(message["method"], message.get("params"))
    except Wrong as error:
        (wrong,) = error.args
        text = f"ml-adaptive: {wrong[0]['path'][0]} {wrong[0]['message']}"
        reply["error"] = {"code": -32000, "message": text, "data": {"code": "CONFIG_INVALID", "details": {"issues": wrong}}}
    except Exception as error: reply["error"] = {"code": -32000, "message": f"{type(error).__name__}: {error}"}
    os.write(HOST, json.dumps(reply).encode() + b"\n")

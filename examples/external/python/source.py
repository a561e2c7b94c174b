#!/usr/bin/env python3
# A source without any library: shows the message at an address, and counts in its store how often it did.
import base64, json, os
HOST = int(os.environ["BERTH_FD"])  # A socket; standard output and error are logs.
lines, put_aside, configs, asked = open(HOST, "rb"), [], {}, 0

def send(**message):
    os.write(HOST, json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

def ask(call, method, **params):
    """Something only the host can do, for a call; when the host gives that up, there is nothing to wait for any more."""
    global asked
    asked += 1
    send(id=asked, method=method, params=params)
    for message in map(json.loads, lines):
        if message.get("method") == "$/cancel" and message["params"]["id"] == call: raise RuntimeError("given up")
        if "method" in message or message["id"] != asked: put_aside.append(message)
        elif "error" in message: raise RuntimeError(message["error"]["message"])
        else: return message["result"]

def fetch(call, me):
    request = {"url": configs[me]["url"], "method": "GET", "headers": [], "redirect": "follow"}
    body = base64.b64decode(ask(call, "fetch", instanceId=me, request=request)["body"]["$bytes"])
    count = ask(call, "store.get", instanceId=me, key="count").get("value", 0) + 1
    ask(call, "store.set", instanceId=me, key="count", value=count)
    send(method="log", params={"instanceId": me, "entry": {"level": "info", "message": f"shown {count} times"}})
    return {"title": "Message", "lines": [json.loads(body)["message"]]}

def answer(id, method, params):
    if method == "hello": return {"protocol": 1, "contributions": [{"id": "source/message", "description": "A message"}]}
    if method == "config.check":
        return {"issues": [] if "url" in (params.get("config") or {}) else [{"path": ["url"], "message": "is required"}]}
    if method == "instance.open": configs[params["instanceId"]] = params["config"]; return {"members": ["fetch"]}
    if method == "call": return {"value": fetch(id, params["instanceId"])}
    if method == "plugin.health": return {"health": "healthy"}

while message := put_aside.pop(0) if put_aside else json.loads(lines.readline() or "null"):
    if "id" in message and "method" in message:
        try: send(id=message["id"], result=answer(message["id"], message["method"], message.get("params")))
        except Exception as error: send(id=message["id"], error={"code": -32000, "message": str(error)})

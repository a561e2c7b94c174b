#!/usr/bin/env python3
# A service that counts by name, and hands its counts to its next version: when the plugin is replaced, nobody counts anew.
import json, os
HOST = int(os.environ["BERTH_FD"])
VERSION = 2  # Of the state, counted up when its form changes. Version 1 was one number, without names.
counts = {}

class Incompatible(Exception): pass

def restore(state):
    if state["version"] == 1: return {"all": state["value"]}
    if state["version"] == VERSION: return state["value"]
    raise Incompatible(f"it knows no version {state['version']} of its state")

def answer(method, params):
    global counts
    if method == "hello":
        return {"protocol": 1, "keepsState": True, "contributions": [{"id": "service/counter", "description": "Counts"}]}
    if method == "config.check": return {"issues": []}
    if method == "instance.open": return {"members": ["count"]}
    if method == "call":
        name = params["args"][0]
        counts[name] = counts.get(name, 0) + 1
        return {"value": counts[name]}
    if method == "plugin.health": return {"health": "healthy"}
    if method == "plugin.save_state": return {"state": {"version": VERSION, "value": counts}} if counts else {}
    if method == "plugin.restore_state": counts = restore(params["state"])

for message in map(json.loads, open(HOST, "rb")):
    if "id" not in message or "method" not in message: continue
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    try: reply["result"] = answer(message["method"], message.get("params"))
    except Incompatible as error:
        reply["error"] = {"code": -32000, "message": str(error), "data": {"code": "STATE_INCOMPATIBLE"}}
    os.write(HOST, json.dumps(reply).encode() + b"\n")

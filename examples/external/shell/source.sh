#!/bin/sh
# A source that says whether an address answers. It starts no program: `read` and `printf` are all it needs, since the host
# writes one message a line, without spaces, its members in the order jsonrpc, id, method, params.
asked=0 urls='' put_aside='' newline='
'

send() { printf '{"jsonrpc":"2.0",%s}\n' "$1" >&3; }

# Sets $found to what follows $2 in the message $1, up to the next quote, comma or brace.
find() { found=${1#*"$2"} found=${found%%[\",\}]*}; }

# Asks the host to do $2 with $3 for the call $1 and sets $reply. Fails when the host refuses, or gives the call up.
ask() {
  asked=$((asked + 1))
  send "\"id\":$asked,\"method\":\"$2\",\"params\":$3"
  while read -r reply <&3; do
    case $reply in
      *'"method":"$/cancel","params":{"id":'"$1"'}'*) send "\"method\":\"\$/cancel\",\"params\":{\"id\":$asked}"; return 1 ;;
      *'"method":"'*) put_aside=$put_aside$reply$newline ;;
      *'"id":'"$asked"',"result":'*) return 0 ;;
      *'"id":'"$asked"',"error":'*) return 1 ;;
    esac
  done
  exit
}

fetch() { # call, instance
  url=${urls##*"$newline$2 "} url=${url%%"$newline"*} lines="\"It does not answer\""
  request="{\"url\":\"$url\",\"method\":\"HEAD\",\"headers\":[],\"redirect\":\"follow\"}"
  if ask "$1" fetch "{\"instanceId\":\"$2\",\"request\":$request}"; then
    find "$reply" '"status":'
    lines="\"It answers with $found\""
  fi
  send "\"method\":\"log\",\"params\":{\"instanceId\":\"$2\",\"entry\":{\"level\":\"info\",\"message\":\"looked\"}}"
  result="{\"value\":{\"title\":\"$url\",\"lines\":[$lines]}}"
}

serve() {
  find "$1" '"id":'; id=$found
  find "$1" '"method":"'; method=$found
  find "$1" '"instanceId":"'; instance=$found
  result=null
  case $method in
    hello) result='{"protocol":1,"contributions":[{"id":"source/reachable","description":"Whether an address answers"}]}' ;;
    config.check)
      case $1 in
        *'"config":{"url":"'*) result='{"issues":[]}' ;;
        *) result='{"issues":[{"path":["url"],"message":"is required"}]}' ;;
      esac ;;
    instance.open) find "$1" '"url":"'; urls=$urls$newline$instance' '$found; result='{"members":["fetch"]}' ;;
    call) fetch "$id" "$instance" ;;
    plugin.health) result='{"health":"healthy"}' ;;
  esac
  send "\"id\":$id,\"result\":$result"
}

while [ -n "$put_aside" ] || read -r message <&3; do
  if [ -n "$put_aside" ]; then message=${put_aside%%"$newline"*} put_aside=${put_aside#*"$newline"}; fi
  case $message in '{"jsonrpc":"2.0","id":'*'"method":"'*) serve "$message" ;; esac
done

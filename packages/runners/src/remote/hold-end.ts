import type { Link } from "@berth/protocol";

/**
 * The same link, whose end goes to `onEnd` alone. A link ends a moment before what is behind it is gone, and only then is it known
 * why: what is under way is to fail with that reason, not with the end of a conversation.
 */
export function holdEnd(link: Link, onEnd: (error: Error | undefined) => void): Link {
  return {
    send: (messages) => link.send(messages),
    open: (receiver) =>
      link.open({
        onMessages: (messages, bytes) => receiver.onMessages(messages, bytes),
        onRefused: (message, error) => receiver.onRefused(message, error),
        onEnd,
      }),
    get bufferedBytes() {
      return link.bufferedBytes;
    },
    close: () => link.close(),
  };
}

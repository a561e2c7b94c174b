;; A plugin of typed functions, written by hand: `service/probe` with one method, `echo`, which gives back what it gets. There is
;; nothing in it but what the world asks for, so it shows what a tool for another language makes, and what a call costs.
;;
;;   wasm-tools parse echo.wat -o echo.core.wasm
;;   wasm-tools component embed ../../../packages/contract/wit --world plugin echo.core.wasm -o echo.embedded.wasm
;;   wasm-tools component new echo.embedded.wasm -o plugin.wasm
(module
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 8192))
  ;; Of the contributions: one, with these texts.
  (data (i32.const 2048) "service/probe")
  (data (i32.const 2064) "echo")
  (data (i32.const 2080) "\00\08\00\00\0d\00\00\00\00\08\00\00\00\00\00\00\00\00\00\00")
  ;; Of the members: one.
  (data (i32.const 2128) "\10\08\00\00\04\00\00\00")
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  ;; An answer at 16: fine, with up to four numbers behind it.
  (func $fine (param i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (local.get 0))
    (i32.store (i32.const 24) (local.get 1))
    (i32.store (i32.const 28) (local.get 2))
    (i32.store (i32.const 32) (local.get 3))
    (i32.const 16))
  (func (export "berth:plugin/guest@1.0.0#describe") (param i32 i32 i32 i32 i32 i32) (result i32)
    (call $fine (i32.const 2080) (i32.const 1) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#initialize") (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#start") (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#stop") (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#cleanup") (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#health") (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#check-config") (param i32 i32 i32 i32) (result i32)
    (call $fine (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#open-instance") (param i32 i32 i32 i32 i32 i32) (result i32)
    (call $fine (i32.const 1) (i32.const 2128) (i32.const 1) (i32.const 0)))
  (func (export "berth:plugin/guest@1.0.0#close-instance") (param i32) (result i32)
    (call $fine (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  ;; The list of arguments without its brackets is the one argument.
  (func (export "berth:plugin/guest@1.0.0#call")
    (param $handle i32) (param $member i32) (param $json i32) (param $length i32) (param $bytes i32) (param $count i32)
    (param $deadline f64) (param $attempt i32) (param $caller i32) (param $caller-length i32)
    (param $permissions i32) (param $permission-count i32) (param $correlation i32) (param $correlation-length i32)
    (result i32)
    (call $fine
      (i32.add (local.get $json) (i32.const 1)) (i32.sub (local.get $length) (i32.const 2))
      (local.get $bytes) (local.get $count)))
  (func (export "cabi_post_berth:plugin/guest@1.0.0#call") (param i32)
    (global.set $top (i32.const 8192)))
  (func (export "berth:plugin/guest@1.0.0#fired") (param i64 i32 i32 i32 i32 i32 i32 i32)))

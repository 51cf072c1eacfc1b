# Runs a command in a process group of its own and ends it when our standard input closes,
# which the kernel does however the parent ends: by itself, by Ctrl-C or by SIGKILL.
# Arguments: the signal that asks the command to stop, a folder to remove afterwards (or ''), the command.
signal=$1
folder=$2
shift 2
trap : INT TERM HUP
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{
  trap '' TERM
  cat <&3
  kill -"$signal" "$child"
  [ "$signal" = TERM ] && kill -TERM 0
  sleep 10
  kill -KILL 0
} >/dev/null 2>&1 &
watch=$!
exec 3<&-
# A signal ends `wait` early: go on until the child is gone.
while :; do
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null || break
done
kill -KILL "$watch" 2>/dev/null
# What the command left behind in the group (its own signal is trapped above).
kill -TERM 0 2>/dev/null
[ -z "$folder" ] || rm -rf -- "$folder"
exit "$status"

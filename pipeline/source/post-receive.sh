#!/bin/sh
# post-receive of vnext. `python -m pipeline setup-git` writes this file as a whole; change it there.
# Tells the controller that the watched branch may have moved. The push neither waits for that nor fails by it.
branch=@BRANCH@
log=vnext-post-receive.log # git runs this in the repository's own directory
most_bytes=1048576         # beyond that the log becomes .log.1
most_lines=200             # of one push
most_seconds=60

case $0 in */*) self=$0 ;; *) self=./$0 ;; esac

# In the background: with the command's output, and its exit code, in the log.
if [ "${1-}" = --hand-over ]; then
    shift
    (: >>"$log") 2>/dev/null || log=/dev/null
    if [ -f "$log" ] && [ "$(wc -c <"$log")" -gt "$most_bytes" ]; then mv -f "$log" "$log.1"; fi
    limit=
    if command -v timeout >/dev/null 2>&1; then limit="timeout $most_seconds"; fi
    unset $(git rev-parse --local-env-vars 2>/dev/null)
    {
        echo "push: $3 from $1 to $2"
        code=0
        $limit @COMMAND@ "$@" || code=$?
        echo "ended with exit code $code"
    } 2>&1 | {
        lines=0
        while IFS= read -r line || [ -n "$line" ]; do
            lines=$((lines + 1))
            if [ "$lines" -le "$most_lines" ]; then
                printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$line"
            fi
        done
    } >>"$log"
    exit 0
fi

# Nothing of ours that git could wait for stays open in it.
hand_over() {
    apart=nohup
    if command -v setsid >/dev/null 2>&1; then apart=setsid; fi
    $apart sh "$self" --hand-over "$@" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
    echo "vnext: the push to $branch is handed over; see $log in the repository"
}

pushed=$(cat)
while read -r old new ref; do
    if [ "$ref" = "refs/heads/$branch" ]; then hand_over "$old" "$new" "$ref"; fi
done <<END
$pushed
END

# The hook that was here before goes on as before.
if [ -x "$self.before-vnext" ]; then
    printf '%s\n' "$pushed" | "$self.before-vnext" "$@"
    exit
fi
exit 0

/** `blue-green.sh`: moves the balancer from one colour to the other, only when the other is ready. */
export const blueGreenScript = `#!/bin/sh
set -eu
cd "$(dirname "$0")"

if docker compose version >/dev/null 2>&1; then
	compose() { docker compose "$@"; }
else
	compose() { docker-compose "$@"; }
fi

containers() { compose --profile green ps -q "$1" 2>/dev/null || true; }

status() {
	for colour in blue green; do
		for container in $(containers "$colour"); do
			docker inspect -f "$colour {{.Name}} {{.Config.Image}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}" "$container"
		done
	done
}

all_healthy() {
	found=$(containers "$1")
	[ -n "$found" ] || return 1
	for container in $found; do
		[ "$(docker inspect -f '{{.State.Health.Status}}' "$container")" = healthy ] || return 1
	done
}

case "\${1:-}" in
status)
	status
	exit 0
	;;
blue) other=green ;;
green) other=blue ;;
*)
	echo "usage: $0 blue|green|status" >&2
	exit 2
	;;
esac
colour=$1

echo "starting $colour"
compose --profile green up -d --no-deps "$colour"
waited=0
until all_healthy "$colour"; do
	waited=$((waited + 1))
	if [ "$waited" -gt "\${GLYPHLAB_WAIT:-120}" ]; then
		echo "$colour did not become ready: the balancer stays where it is, and $colour is stopped" >&2
		compose --profile green logs --tail 20 "$colour" >&2 || true
		compose --profile green stop "$colour"
		exit 1
	fi
	sleep 1
done

echo "moving the balancer to $colour"
if [ "$colour" = green ]; then
	touch balancer/state/green
else
	rm -f balancer/state/green
fi

# What was asked before may end.
sleep 2
echo "stopping $other"
compose --profile green stop "$other"
status
`

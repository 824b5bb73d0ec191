# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts behind ./run share. Source it; it sets no traps.
#
#   $ROOT $BUILD $LOG         the repository, its generated files, the logs
#   step WHAT LOG CMD...      run CMD quietly, say WHAT and the seconds
#   die TEXT                  print TEXT and exit 1
#   need TAG...               install the packages of a purpose (qemu/setup)
#   have_tree [ARG...]        make build/tree current (patches/tree)

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$ROOT/build
LOG=$BUILD/log
# Debian keeps depmod and losetup out of an ordinary user's path.
PATH=$PATH:/usr/sbin:/sbin
export ROOT BUILD LOG PATH
mkdir -p "$LOG"

die() {
	printf 'run: %s\n' "$*" >&2
	exit 1
}

# All output of the command goes to build/log/NAME.log. A failure shows the
# step, the end of that log and where it lies, and ends the script.
step() {
	local what=$1 log=$LOG/$2.log rc=0 start=$SECONDS
	shift 2

	printf '==> %s' "$what"
	# Not "if cmd": errexit has to stay on inside shell functions.
	set +e
	(set -e; "$@") >"$log" 2>&1 </dev/null
	rc=$?
	set -e
	if [ $rc -eq 0 ]; then
		printf ' (%d s)\n' $((SECONDS - start))
		return 0
	fi
	printf ' FAILED (%d s, status %d)\n' $((SECONDS - start)) $rc
	{
		printf '%s\n' "--- last lines of ${log#"$ROOT"/}"
		tail -n 20 "$log"
		printf '%s\n' "--- failed: $what; whole log: $log"
	} >&2
	exit 1
}

# Quick when everything is there: one look at the package database.
need() {
	"$ROOT/qemu/setup" install "$@" || exit 1
}

have_tree() {
	need base
	step "kernel source in build/tree" tree "$ROOT/patches/tree" "$@"
}

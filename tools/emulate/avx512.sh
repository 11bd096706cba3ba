#!/usr/bin/env bash
# Runs tests at the kernel level avx512 on a computer whose processor lacks it: in
# Bochs, which emulates one that has it, under a Linux kernel with nothing but the
# tests to run.
#
#   avx512.sh                          all tests of internal/kernel
#   avx512.sh PACKAGE TESTS [...]      those that go test -run TESTS would choose
#
#   avx512.sh internal/kernel '^(TestGELU|TestDot3)$/^avx512$' lm Parity
#
# It needs Go and Debian's bochs, bochs-term, grub-pc-bin, xorriso, mtools, cpio and
# busybox-static. The Linux kernel is Debian's linux-image-cloud-amd64: fetched with
# apt-get download, not installed.
#
# Debian's Bochs has a debugger in it and takes three times as long as one without:
#
#   ./configure --enable-cpu-level=6 --enable-x86-64 --enable-avx --enable-evex \
#     --enable-all-optimizations --enable-repeat-speedups --enable-pci --with-nogui
#
# What may be set: BOCHS, the program to run; CPU, the processor (bochs --help cpu);
# KERNEL, a file vmlinuz to use instead; LIMIT, after how long to give up (as for
# timeout); NICE, how far to stand back for others; WORK, a folder that keeps the log
# and the kernel.
#
# The start takes a minute of the processor's time and internal/kernel nine, under
# Debian's Bochs.
#
# The tests run with -test.short, their packages one after the other. It prints what
# they print. The exit code is 0 if all passed, 1 if a package failed and 2 if the
# tests did not come to their end.
set -euo pipefail
cd "$(dirname "$0")/../.."
go=${GO:-go}
bochs=${BOCHS:-bochs}
cpu=${CPU:-corei7_skylake_x}
limit=${LIMIT:-3h}
nice=${NICE:-19}
share=/usr/share/bochs # the BIOS

stop() {
	echo "avx512.sh: $1" >&2
	exit 2
}
if test $# -eq 0; then
	set -- internal/kernel '/^(avx512|seed#.*)$'
fi
test $(($# % 2)) -eq 0 || stop 'want pairs of a package and a pattern of its tests; see the comment in the script'
for tool in "$go" "$bochs" grub-mkrescue xorriso mformat cpio busybox; do
	command -v "$tool" >/dev/null || stop "$tool is missing; the comment in the script lists what it needs"
done

work=$(mktemp -d)
machine=
trap 'test -z "$machine" || kill "$machine" 2>/dev/null; rm -rf "$work"' EXIT
keep=${WORK:-$work}
mkdir -p "$keep"
keep=$(realpath "$keep")

# The Linux kernel.
kernel=${KERNEL:-$keep/vmlinuz}
if test -z "${KERNEL:-}" -a ! -f "$kernel"; then
	package=$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" { name = $2 } END { print name }')
	(cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg -x "$package"_*.deb package)
	cp "$work"/package/boot/vmlinuz-* "$kernel"
fi

# What it finds in memory: the tests with their data, and a first process that runs
# them and turns the machine off.
root=$work/root iso=$work/iso
mkdir -p "$root"/{bin,dev,proc,sys,tmp} "$iso/boot/grub"
cp "$(command -v busybox)" "$root/bin/busybox"
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
export PROXIMAL_KERNEL=avx512 HOME=/tmp
busybox=/bin/busybox
for system in proc sysfs:sys devtmpfs:dev tmpfs:tmp; do
	$busybox mount -t ${system%:*} none /${system#*:}
done
exec </dev/ttyS0 >/dev/ttyS0 2>&1
$busybox stty -onlcr
run() { # run BINARY PACKAGE ARGUMENT...
	binary=$1 package=$2
	shift 2
	cd "/tree/$package"
	$binary -test.v -test.short -test.timeout 0 "$@"
	echo "emulated: $package ended with $?"
}
INIT
add() { # add BINARY PACKAGE ARGUMENT...: a run of the package's tests
	local package=${2#./}
	CGO_ENABLED=0 $go test -c -trimpath -ldflags '-s -w' -o "$root/$1" "./$package"
	mkdir -p "$root/tree/$package"
	if test -d "$package/testdata"; then
		cp -rT "$package/testdata" "$root/tree/$package/testdata"
	fi
	printf '%q ' run "/$1" "$package" "${@:3}" >>"$root/init"
	echo >>"$root/init"
}
add levels internal/kernel -test.run '^TestExpectedLevels$' -levels avx512
for ((i = 1; $# > 0; i++)); do
	add "tests$i" "$1" -test.run "$2"
	shift 2
done
cat >>"$root/init" <<'INIT'
echo "emulated: came to the end"
$busybox sleep 1
$busybox poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$iso/boot/initrd"

# The disc that it starts from. Linux does not trust the compact XSAVE of some
# versions of Bochs, and would use no vectors at all.
cp "$kernel" "$iso/boot/vmlinuz"
cat >"$iso/boot/grub/grub.cfg" <<'GRUB'
set timeout=0
menuentry tests {
	linux /boot/vmlinuz console=ttyS0 loglevel=1 mitigations=off noxsaves clearcpuid=xsavec panic=-1
	initrd /boot/initrd
}
GRUB
grub-mkrescue --quiet -o "$work/disc.iso" "$iso" 2>"$keep/grub.log" || stop "no disc could be made; see grub.log in WORK"

# The machine. Its clock counts instructions.
log=$keep/serial.txt
: >"$log"
cat >"$work/bochsrc" <<BOCHS
cpu: model=$cpu, ips=40000000, reset_on_triple_fault=0
memory: guest=1024, host=1024
romimage: file=$share/BIOS-bochs-latest
vgaromimage: file=$share/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$work/disc.iso, status=inserted
boot: cdrom
clock: sync=none
com1: enabled=1, mode=file, dev=$log
log: $keep/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
BOCHS
if [[ $("$bochs" --help 2>&1) == *' -rc '* ]]; then # with the debugger: it waits for a command, and for a terminal
	echo continue >"$work/commands"
	echo 'display_library: term' >>"$work/bochsrc"
	command="TERM=xterm exec $bochs -q -f $work/bochsrc -rc $work/commands"
	emulator=(script -qec "$command" /dev/null)
else
	echo 'display_library: nogui' >>"$work/bochsrc"
	emulator=("$bochs" -q -f "$work/bochsrc")
fi
read_screen() { # a display that nobody reads stands still some day
	local screen=
	while test -z "$screen"; do
		sleep 1
		kill -0 "$machine" 2>/dev/null || return 0
		screen=$(sed -n 's/^Bochs connected to screen "\([^"]*\)".*/\1/p' "$keep/bochs.out")
	done
	cat "$screen" >/dev/null 2>&1 || true # until it is gone
}
began=$SECONDS
timeout --kill-after=10 "$limit" nice -n "$nice" "${emulator[@]}" </dev/null >"$keep/bochs.out" 2>&1 &
machine=$!
if test "${emulator[0]}" = script; then
	read_screen &
fi
tail -n +1 -f --pid=$machine "$log"
wait $machine || true # Bochs takes turning off for a failure
machine=

echo "emulated: $cpu, $((SECONDS - began)) s"
grep -q '^emulated: came to the end' "$log" || stop 'the tests did not come to their end'
! grep '^emulated: .* ended with [1-9]' "$log"

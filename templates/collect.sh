#!/bin/sh
# Collects what `dtgen diagnose` and `dtgen live` read: the kernel's log, the tree that runs, states and counters.
#
#   sh collect.sh [DIR]        writes DIR/dtgen-collect.tar; DIR is the current directory where none is given
#
# Reads only, and writes nothing but that one file. Run it as root: the tree and debugfs are for root alone.
# Serial numbers, MAC addresses, secrets of the command line and the host's name are taken out of the texts.
# fdt.dtb is the tree as the kernel got it, with the bootloader's command line, serial numbers and addresses:
# dtgen blanks them when it reads it, but they are in the file. Look through it before you send it.
set -u
umask 077
out=${1:-.}
root=${DTGEN_ROOT:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/dtgen.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
dir=$work/dtgen-collect
mkdir "$dir" || exit 1
host=$(uname -n | sed 's/[][\.*^$/]/\\&/g')

redact() {
	sed -e "s/${host:-localhost}/HOST/g" \
		-e 's/\([0-9A-Fa-f]\{2\}:\)\{5\}[0-9A-Fa-f]\{2\}/xx:xx:xx:xx:xx:xx/g' \
		-e 's/\([Ss]erial[-_ a-z]*[=:] \{0,1\}\)[0-9A-Za-z]\{6,\}/\1REDACTED/g' \
		-e 's/\([Ss]erial[Nn]umber: \)[^ ]*/\1REDACTED/g' \
		-e 's/\(root=\)[^ ]*/\1REDACTED/g' \
		-e 's/\( ip=\)[^ ]*/\1REDACTED/g' \
		-e 's/\(rd\.luks[^ =]*=\)[^ ]*/\1REDACTED/g' \
		-e 's/\([Pp]assw[^ =]*=\)[^ ]*/\1REDACTED/g' \
		-e 's/\(androidboot\.[^ =]*=\)[^ ]*/\1REDACTED/g' \
		-e 's/\([Kk]ey=\)[^ ]*/\1REDACTED/g' \
		-e 's/\([Tt]oken=\)[^ ]*/\1REDACTED/g'
}

# put NAME COMMAND...: what a command prints, if it prints anything
put() {
	name=$1
	shift
	"$@" 2>/dev/null | redact >"$dir/$name"
	[ -s "$dir/$name" ] || rm -f "$dir/$name"
}

states() {
	for file in "$root"/sys/class/remoteproc/*/name "$root"/sys/class/remoteproc/*/state \
		"$root"/sys/class/remoteproc/*/firmware "$root"/sys/class/remoteproc/*/recovery \
		"$root"/sys/class/watchdog/*/identity "$root"/sys/class/watchdog/*/state \
		"$root"/sys/class/watchdog/*/bootstatus "$root"/sys/class/watchdog/*/timeout \
		"$root"/sys/devices/soc0/machine "$root"/sys/devices/soc0/family \
		"$root"/sys/devices/soc0/soc_id "$root"/sys/devices/soc0/revision; do
		[ -r "$file" ] && echo "${file#"$root"}: $(cat "$file" 2>/dev/null)"
	done
	for group in "$root"/sys/kernel/iommu_groups/*; do
		[ -d "$group/devices" ] || continue
		echo "${group#"$root"}: $(cat "$group/type" 2>/dev/null) $(ls "$group/devices" | tr '\n' ' ')"
	done
}

# The tree as files, where the blob cannot be read. Without what is private.
copy_tree() {
	cd "$root/proc/device-tree/" 2>/dev/null || return 0
	find . -type d | while IFS= read -r path; do mkdir -p "$dir/device-tree/$path"; done
	find . -type f ! -path './chosen/*' ! -name serial-number ! -name '*-seed' ! -name '*mac-address' \
		! -name local-bd-address ! -name bootargs ! -name 'qcom,calibration-*' |
		while IFS= read -r path; do cat "$path" >"$dir/device-tree/$path" 2>/dev/null; done
	cd - >/dev/null || return 0
}

if [ -n "$root" ]; then put dmesg.txt cat "$root/dmesg"; else put dmesg.txt dmesg; fi
[ -s "$dir/dmesg.txt" ] || put dmesg.txt journalctl -k -b --no-hostname -o short-monotonic
put interrupts.txt cat "$root/proc/interrupts"
put uname.txt uname -srm
put cmdline.txt cat "$root/proc/cmdline"
put iomem.txt cat "$root/proc/iomem"
put deferred.txt cat "$root/sys/kernel/debug/devices_deferred"
put states.txt states
for file in "$root"/sys/kernel/debug/remoteproc/*/resource_table "$root"/sys/kernel/debug/remoteproc/*/carveout_memories; do
	[ -r "$file" ] || continue
	of=${file%/*}
	put "${of##*/}-${file##*/}.txt" cat "$file"
done
for file in "$root"/sys/fs/pstore/*; do
	[ -f "$file" ] && put "pstore-${file##*/}" cat "$file"
done
if [ -r "$root/sys/firmware/fdt" ]; then
	cat "$root/sys/firmware/fdt" >"$dir/fdt.dtb"
else
	copy_tree
fi
(cd "$work" && tar cf - dtgen-collect) >"$out/dtgen-collect.tar" || exit 1
note=
[ -f "$dir/fdt.dtb" ] && note="; fdt.dtb is not redacted"
echo "$out/dtgen-collect.tar: look through it before you send it$note" >&2

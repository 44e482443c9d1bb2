#!/usr/bin/env bash
# What docs/architecture.md promises, as checks.   check_architecture.sh SOURCE_DIR BUILD_DIR
set -u
cd "$1" || exit 2
build=$2
failed=0
complain() { echo "FAIL: $1"; [ -z "${2:-}" ] || sed 's/^/    /' <<<"$2"; failed=1; }
# nothing TITLE COMMAND...: the command must find nothing
nothing() {
    local title=$1 found
    shift
    found=$("$@" 2>/dev/null)
    if [ -z "$found" ]; then echo "ok: $title"; else complain "$title" "$found"; fi
}
search() { grep -rnE --include='*.h' --include='*.cpp' "$@"; }

nothing "the engine and galatea-cli include no Qt, VTK or Dear ImGui" \
    search '#include *[<"](Q[A-Z]|vtk|imgui)' engine app/cli
nothing "the engine includes nothing above it" search '#include *"(widgets|app)/' engine
# Each engine folder and the ones it may use, bottom to top.
while read -r folder allowed; do
    nothing "engine/$folder uses only $allowed" bash -c \
        "grep -rnE --include='*.h' --include='*.cpp' '#include \"[a-z_]+/' engine/$folder |
             grep -vE '#include \"(${allowed// /|})/'"
done <<'ALLOWED'
core core
sandbox core sandbox
io core sandbox io
data core io data
nn core io nn
mixture core io mixture
metrics core metrics
baselines core baselines
models core io nn mixture models
torchscript core sandbox io nn mixture models torchscript
training core io data nn mixture models training
latent core io data mixture models latent
anomaly core io data models anomaly
evaluation core data models baselines evaluation
inversion core mixture models inversion
redshift core redshift
ALLOWED
nothing "the widgets include nothing of the application" search '#include *"app/' widgets
nothing "nothing above the engine includes torch" search '#include *[<"](torch|ATen|c10)/' widgets app
nothing "fits_open_file, which follows names to the network and the shell, is not called" \
    search '\b(fits_open_(file|data|table|image|extlist)|ffopen|ffdopn|fftopn|ffiopn) *\(' engine widgets app
nothing "no file is longer than 600 lines" bash -c \
    "find engine widgets app \( -name '*.h' -o -name '*.cpp' \) | xargs wc -l | awk '\$2 != \"total\" && \$1 > 600'"

found=$(search 'jit::load *\(|jit::import' engine widgets app | grep -v '^engine/torchscript/host/')
[ -z "$found" ] && echo "ok: TorchScript is loaded in the model host only" ||
    complain "TorchScript is loaded outside the model host" "$found"

# What the linker bound: the command line must run on a machine without a desktop.
if [ -x "$build/bin/galatea-cli" ]; then
    nothing "galatea-cli and the model host link no Qt, VTK or Dear ImGui" bash -c \
        "for p in galatea-cli galatea-model-host; do
             readelf -d $build/bin/\$p | grep -E 'NEEDED.*(libQt|libvtk|imgui)'; done"
else
    complain "galatea-cli is not built"
fi

# What the compiler read: a torch header may not come in through another header either.
if command -v ninja >/dev/null && [ -f "$build/build.ninja" ]; then
    found=$(ninja -C "$build" -t deps 2>/dev/null | awk '
        /^[^ ].*: #deps/ { object = $1; watched = object ~ /^(widgets|app\/desktop)\// ; next }
        watched && /\/(torch|ATen|c10)\// { print object " reads " $1; watched = 0 }')
    [ -z "$found" ] && echo "ok: no object of widgets/ or app/desktop/ read a torch header" ||
        complain "objects above the engine read torch headers" "$found"
    counted=$(ninja -C "$build" -t deps 2>/dev/null | grep -cE '^(widgets|app/desktop)/.*: #deps')
    [ "$counted" -gt 20 ] || complain "only $counted objects of widgets/ and app/desktop/ were found to check"
fi
exit "$failed"

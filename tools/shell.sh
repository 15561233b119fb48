# Sourced by tools/setup, tools/test and tools/demo: messages, and steps that keep a log and show that they live.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
logs=$build/logs

fail()
{
    printf '\n%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

# at_least HAVE NEED: compares dotted version numbers.
at_least()
{
    [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]
}

# write_if_changed FILE <text: a file that did not change keeps its date, so that nothing is rebuilt for it.
write_if_changed()
{
    local text
    text=$(cat)
    if [[ ! -f $1 || "$(cat "$1")" != "$text" ]]; then
        printf '%s\n' "$text" >"$1.new"
        mv "$1.new" "$1"
    fi
}

# step LOG TITLE COMMAND…: runs COMMAND with its output in build/logs/LOG.log, prints the title, the progress and the
# time; where it fails, the end of the log and false.
step()
{
    local log=$logs/$1.log title=$2 start=$SECONDS pid status=0 last=0 progress now
    shift 2
    mkdir -p "$logs"
    printf '%-52s' "$title"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # A background job of a script ignores Ctrl-C, so it is told by name.
    trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        now=$((SECONDS - start))
        # Ninja's [3/120], once a second on a terminal and every half minute in a log.
        if { [[ -t 1 ]] && ((now > last)); } || ((now >= last + 30)); then
            last=$now
            progress=$(tail -c 4000 "$log" | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1 || true)
            if [[ -t 1 ]]; then
                printf '\r%-52s%4d s %s\033[K' "$title" "$now" "$progress"
            else
                printf '\n    … %d s %s' "$now" "$progress"
            fi
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM
    [[ -t 1 ]] && printf '\r%-52s\033[K' "$title"
    [[ ! -t 1 && $last -gt 0 ]] && printf '\n%-52s' "$title"
    if ((status)); then
        printf 'FAILED after %d s\n\n' $((SECONDS - start))
        tail -n 40 "$log" | sed 's/^/    /'
        printf '\n    (all of it: %s)\n' "${log#"$root"/}"
        return 1
    fi
    printf 'done %4d s\n' $((SECONDS - start))
}

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# configure LANE: one build folder a compiler, all configured alike everywhere.
configure()
{
    local lane=$1 developer=OFF
    # Warnings are errors only with the compilers that the project is developed with.
    [[ $WASMINFER_CXX == *clang++-19 ]] && developer=ON
    local args=(-S "$root" -B "$build/$lane" -G Ninja "-DWASMINFER_LANE=$lane" "-DWASMINFER_DEVELOPER=$developer"
        "-DWASMINFER_LONG=${long-OFF}")
    case $lane in
        clang) args+=("-DCMAKE_CXX_COMPILER=$WASMINFER_CXX" -DCMAKE_BUILD_TYPE=Release "-DWASMINFER_GENERATOR_DIR=$build/bin") ;;
        # Where the generator is built for its tests alone, time to compile counts, and what it does is the same.
        gcc)
            args+=(-DCMAKE_CXX_COMPILER=g++ -DCMAKE_BUILD_TYPE=Release -DWASMINFER_GENERATOR_FLAGS=-O0)
            [[ ${long-OFF} == ON ]] && args+=(-UWASMINFER_GENERATOR) || args+=("-DWASMINFER_GENERATOR=$build/bin/wasminfer")
            ;;
        asan)
            args+=("-DCMAKE_CXX_COMPILER=$WASMINFER_CXX" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1"
                -DWASMINFER_GENERATOR_FLAGS=-O0 -DWASMINFER_EXAMPLES=OFF
                "-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
            ;;
        wasm | relaxed)
            args+=(-DCMAKE_BUILD_TYPE=Release "-DCMAKE_CROSSCOMPILING_EMULATOR=$WASMINFER_NODE"
                "-DWASMINFER_GENERATOR=$build/bin/wasminfer")
            [[ $lane == relaxed ]] && args+=(-DWASMINFER_RELAXED_SIMD=ON)
            "$WASMINFER_EMCMAKE" cmake "${args[@]}"
            return
            ;;
    esac
    cmake "${args[@]}"
}

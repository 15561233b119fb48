# Sourced by the benchmarks: the engines that they compare with, from npm into build/peers.
# shellcheck shell=bash

install_peers()
{
    local from=$root/benchmarks/peers
    if ! cmp -s "$from/package-lock.json" "$build/peers/installed"; then
        command -v npm >/dev/null || fail "npm is missing: without it there is nothing to compare with (--peers none goes on)."
        mkdir -p "$build/peers"
        cp "$from/package.json" "$from/package-lock.json" "$build/peers/"
        step npm-peers 'installing the peers from npm' npm ci --prefix "$build/peers" --ignore-scripts --no-audit --no-fund ||
            fail "npm could not install the peers: see above (is the network there? --peers none goes on without them)."
        cp "$from/package-lock.json" "$build/peers/installed"
    fi
}

# Installs BUILD below WORK, configures SOURCE with find_package(wasminfer), builds and runs it.
cmake_minimum_required(VERSION 3.22)

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
    if(result)
        list(JOIN ARGV " " line)
        message(FATAL_ERROR "failed (${result}): ${line}")
    endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")

set(arguments -S "${SOURCE}" -B "${WORK}/build" -G Ninja "-DMODEL=${MODEL}")
if(PLATFORM STREQUAL "wasm")
    find_program(emcmake NAMES "$ENV{WASMINFER_EMCMAKE}" emcmake REQUIRED)
    # Emscripten's toolchain file keeps CMAKE_PREFIX_PATH out of the search, so the package is named.
    run("${emcmake}" "${CMAKE_COMMAND}" ${arguments} "-Dwasminfer_DIR=${WORK}/prefix/share/cmake/wasminfer")
else()
    run("${CMAKE_COMMAND}" ${arguments} "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_COMPILER=${CXX}")
endif()
run("${CMAKE_COMMAND}" --build "${WORK}/build")
if(PLATFORM STREQUAL "wasm")
    find_program(node NAMES "$ENV{WASMINFER_NODE}" node REQUIRED)
    run("${node}" "${WORK}/build/consumer.js")
else()
    run("${WORK}/build/consumer")
endif()

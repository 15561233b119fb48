# What a header was made from is changed, one after the other: the build must notice, and nothing else may start it.
cmake_minimum_required(VERSION 3.22)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

start_app(rebuild)
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")

function(build)
    run("${CMAKE_COMMAND}" --build "${WORK}/build")
    set(output "${output}" PARENT_SCOPE)
endfunction()

# The built app must print this.
function(prints text)
    build()
    run("${WORK}/build/app")
    expect("${text}")
endfunction()

run("${CMAKE_COMMAND}" -S "${WORK}/app" -B "${WORK}/build" -G Ninja "-Dwasminfer_DIR=${WORK}/prefix/share/cmake/wasminfer"
    "-DCMAKE_CXX_COMPILER=${CXX}")
prints("7")  # 3 * 2 + 1
build()
expect("no work to do")

# External data, under whatever name: the model file stays as it is.
run("${MAKE_MODELS}" "${WORK}/app" 5)
prints("16")
build()
expect("no work to do")

# The model.
run("${MAKE_MODELS}" "${WORK}/app" 5 2)
prints("17")

# The generator.
file(TOUCH "${WORK}/prefix/bin/wasminfer")
build()
expect("Generating scale.hpp")
build()
expect("no work to do")

# A model that is refused: the build fails, and says what the generator says.
file(RENAME "${WORK}/app/refused.onnx" "${WORK}/app/scale.onnx")
file(TOUCH "${WORK}/app/scale.onnx")
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}/build" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result)
    message(FATAL_ERROR "a model that is refused does not end the build")
endif()
expect("Frobnicate 'layer7'")
expect("is not a supported operator")

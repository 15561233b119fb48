# The generator: a library that the tests link, and the command `wasminfer`.
find_package(Protobuf REQUIRED)  # before ONNX, whose targets link protobuf::libprotobuf
find_package(ONNX REQUIRED)

set(WASMINFER_GENERATOR_DIR "${PROJECT_BINARY_DIR}/bin" CACHE PATH "Where the command `wasminfer` is put")

file(GLOB_RECURSE generator_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/wasminfer/*.cpp")
set(generator_main "${PROJECT_SOURCE_DIR}/tools/wasminfer/main.cpp")
list(REMOVE_ITEM generator_sources "${generator_main}")

if(generator_sources)
    # What `wasminfer bundle` writes is part of the program.
    file(GLOB_RECURSE runtime_headers CONFIGURE_DEPENDS "${WASMINFER_INCLUDE_DIR}/*.hpp")
    set(embed "${PROJECT_SOURCE_DIR}/tools/cmake/WasminferEmbed.cmake")
    set(licences "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/tools/licences/xsimd.txt")
    set(runtime_files "${PROJECT_BINARY_DIR}/runtime_files.cpp")
    add_custom_command(
        OUTPUT "${runtime_files}"
        COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${runtime_files}" "-DRUNTIME=${WASMINFER_INCLUDE_DIR}" "-DXSIMD=${wasminfer_xsimd}"
            "-DLICENCE=${PROJECT_SOURCE_DIR}/LICENSE" "-DXSIMD_LICENCE=${PROJECT_SOURCE_DIR}/tools/licences/xsimd.txt" -P "${embed}"
        DEPENDS ${runtime_headers} ${licences} "${wasminfer_xsimd}/xsimd/config/xsimd_config.hpp" "${embed}"
        COMMENT "Embedding the runtime"
        VERBATIM)
    # The scripts that `wasminfer module` fills in.
    set(templates "${PROJECT_SOURCE_DIR}/tools/cmake/WasminferTemplates.cmake")
    file(GLOB scripts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/wasminfer/module/*.mjs")
    set(script_templates "${PROJECT_BINARY_DIR}/script_templates.cpp")
    add_custom_command(
        OUTPUT "${script_templates}"
        COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${script_templates}" "-DFOLDER=${PROJECT_SOURCE_DIR}/tools/wasminfer/module" -P "${templates}"
        DEPENDS ${scripts} "${templates}"
        COMMENT "Embedding the modules' scripts"
        VERBATIM)
    set_source_files_properties("${runtime_files}" "${script_templates}" PROPERTIES
        COMPILE_OPTIONS -Wno-overlength-strings SKIP_PRECOMPILE_HEADERS ON)

    add_library(wasminfer_generator STATIC ${generator_sources} "${runtime_files}" "${script_templates}")
    target_include_directories(wasminfer_generator PUBLIC "${PROJECT_SOURCE_DIR}/tools/wasminfer")
    # The runtime too: constant folding executes its kernels.
    target_link_libraries(wasminfer_generator PUBLIC wasminfer onnx_proto protobuf::libprotobuf)
    target_compile_definitions(wasminfer_generator PUBLIC ONNX_ML=1 ONNX_NAMESPACE=onnx
        WASMINFER_VERSION="${PROJECT_VERSION}")
    wasminfer_warnings(wasminfer_generator)
    # Half of the time that the front end takes.
    target_precompile_headers(wasminfer_generator PRIVATE <algorithm> <array> <bit> <charconv> <cstdint> <filesystem>
        <functional> <map> <memory> <optional> <ranges> <set> <span> <sstream> <string> <string_view> <unordered_map>
        <variant> <vector> <wasminfer/simd.hpp> "${PROJECT_SOURCE_DIR}/tools/wasminfer/ops/operator.hpp")
    # Each kernel runs a few times at most, and files are small: optimising more would double the time to compile, for the
    # same bits; of clang's -O1 a sixth is inlining what does not ask for it.
    set(flags -O1)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        list(APPEND flags "SHELL:-mllvm -inline-threshold=0")
    endif()
    set(WASMINFER_GENERATOR_FLAGS "${flags}" CACHE STRING "Compiler flags of the generator, after those of the build type")
    target_compile_options(wasminfer_generator PRIVATE ${WASMINFER_GENERATOR_FLAGS})
endif()

if(generator_sources AND EXISTS "${generator_main}")
    add_executable(wasminfer_cli "${generator_main}")
    target_link_libraries(wasminfer_cli PRIVATE wasminfer_generator)
    set_target_properties(wasminfer_cli PROPERTIES
        OUTPUT_NAME wasminfer
        RUNTIME_OUTPUT_DIRECTORY "${WASMINFER_GENERATOR_DIR}")
    wasminfer_warnings(wasminfer_cli)
    if(NOT PROJECT_IS_TOP_LEVEL)
        # Built when a model asks for it, and not before.
        set_target_properties(wasminfer_generator wasminfer_cli PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
endif()

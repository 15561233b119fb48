# wasminfer_add_model(TARGET MODEL.onnx [NAME ns] [OPTIONS option…])
#
# Generates NAME.hpp from the model when TARGET is built, and again when the model, a file of its external data or the
# generator changed; lets TARGET include it. What the generator says of a model that it refuses ends the build.
# NAME is the header's name and namespace, by default the file's. OPTIONS go to `wasminfer header`, for example
# OPTIONS --dim batch=1. Where TARGET does not exist yet, an INTERFACE library of that name is made, for others to link.
#
# The generator is a program of the host: WASMINFER_GENERATOR where that is set; that of this source tree, built natively
# even where the app is cross-compiled; or an installed one.

# The functions' own, whatever the project that calls them asks for: CMP0116 is what lets Ninja read the depfile.
cmake_policy(VERSION 3.22)

function(wasminfer_add_model target model)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "OPTIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "wasminfer_add_model: unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(model "${model}" ABSOLUTE)
    if(NOT arg_NAME)
        get_filename_component(arg_NAME "${model}" NAME_WE)
    endif()
    wasminfer_find_generator(generator generator_target)

    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.model")
    set(header "${folder}/${arg_NAME}.hpp")
    add_custom_command(
        OUTPUT "${header}"
        COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
        COMMAND "${generator}" header "${model}" -o "${header}" --name "${arg_NAME}" --depfile "${header}.d" ${arg_OPTIONS}
        # The generator leaves a header alone that would not change; the build wants it newer than the model.
        COMMAND "${CMAKE_COMMAND}" -E touch "${header}"
        DEPENDS "${model}" "${generator}" ${generator_target}
        DEPFILE "${header}.d"
        COMMENT "Generating ${arg_NAME}.hpp from the model"
        VERBATIM)

    if(NOT TARGET ${target})
        add_library(${target} INTERFACE)
    endif()
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
        set(scope INTERFACE)
    else()
        set(scope PRIVATE)
    endif()
    # A target of its own, so that everything that links an INTERFACE library waits for the header.
    add_custom_target(${target}_${arg_NAME}_header DEPENDS "${header}")
    add_dependencies(${target} ${target}_${arg_NAME}_header)
    target_include_directories(${target} ${scope} "${folder}")
    target_link_libraries(${target} ${scope} wasminfer::wasminfer)
endfunction()

# wasminfer_find_generator(PROGRAM TARGET): the generator's path, and the target that makes it, if any does.
function(wasminfer_find_generator program target)
    set(${target} "" PARENT_SCOPE)
    if(TARGET wasminfer_cli AND NOT WASMINFER_GENERATOR)
        set(${program} "$<TARGET_FILE:wasminfer_cli>" PARENT_SCOPE)
        set(${target} wasminfer_cli PARENT_SCOPE)
        return()
    endif()
    find_program(WASMINFER_GENERATOR wasminfer
        HINTS "${wasminfer_SOURCE_DIR}/build/bin"
        DOC "The generator, a program of the host"
        NO_CMAKE_FIND_ROOT_PATH)
    if(WASMINFER_GENERATOR)
        set(${program} "${WASMINFER_GENERATOR}" PARENT_SCOPE)
    elseif(EXISTS "${wasminfer_SOURCE_DIR}/tools/cmake/WasminferGenerator.cmake")
        wasminfer_build_host_generator(path)
        set(${program} "${path}" PARENT_SCOPE)
        set(${target} wasminfer_host PARENT_SCOPE)
    else()
        message(FATAL_ERROR "wasminfer_add_model: no generator: set WASMINFER_GENERATOR to the program `wasminfer`")
    endif()
endfunction()

# wasminfer_build_host_generator(PROGRAM): makes the target wasminfer_host, which builds the generator of this source tree
# with the host's own compiler, once for all models. Environment variables that name a cross-compiler are not for it.
function(wasminfer_build_host_generator program)
    set(folder "${wasminfer_BINARY_DIR}/host")
    set(${program} "${folder}/bin/wasminfer" PARENT_SCOPE)
    if(TARGET wasminfer_host)
        return()
    endif()
    include(ExternalProject)
    include(ProcessorCount)
    ProcessorCount(jobs)
    set(native "${CMAKE_COMMAND}" -E env --unset=CC --unset=CXX --unset=AR --unset=RANLIB --unset=LD --unset=CFLAGS
        --unset=CXXFLAGS --unset=LDFLAGS "${CMAKE_COMMAND}")
    ExternalProject_Add(wasminfer_host
        SOURCE_DIR "${wasminfer_SOURCE_DIR}"
        BINARY_DIR "${folder}"
        CONFIGURE_COMMAND ${native} -S <SOURCE_DIR> -B <BINARY_DIR> -G "${CMAKE_GENERATOR}" -DCMAKE_BUILD_TYPE=Release
            -DWASMINFER_TESTS=OFF -DWASMINFER_EXAMPLES=OFF ${WASMINFER_HOST_OPTIONS}
        BUILD_COMMAND ${native} --build <BINARY_DIR> --target wasminfer_cli --parallel ${jobs}
        BUILD_ALWAYS ON  # a change of its source is its own build's to see
        BUILD_BYPRODUCTS "${folder}/bin/wasminfer"
        INSTALL_COMMAND ""
        TEST_COMMAND ""
        EXCLUDE_FROM_ALL ON)
endfunction()

# wasminfer_add_model(TARGET MODEL.onnx [NAME ns] [OPTIONS option…])
#
# Generates NAME.hpp from the model when TARGET is built, and lets TARGET include it. NAME is the header's name and
# namespace, by default the file's. OPTIONS go to `wasminfer header`, for example OPTIONS --dim batch=1.
# Where TARGET does not exist yet, an INTERFACE library of that name is made, for others to link.
#
# When cross-compiling, the generator of the host is used: WASMINFER_GENERATOR, or build/bin/wasminfer.
function(wasminfer_add_model target model)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "OPTIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "wasminfer_add_model: unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(model "${model}" ABSOLUTE)
    if(NOT arg_NAME)
        get_filename_component(arg_NAME "${model}" NAME_WE)
    endif()

    if(TARGET wasminfer_cli AND NOT WASMINFER_GENERATOR)
        set(generator wasminfer_cli)
    else()
        find_program(WASMINFER_GENERATOR wasminfer
            HINTS "${wasminfer_SOURCE_DIR}/build/bin"
            DOC "The generator, a program of the host"
            NO_CMAKE_FIND_ROOT_PATH)
        if(NOT WASMINFER_GENERATOR)
            message(FATAL_ERROR "wasminfer_add_model: no generator: run tools/setup, or set WASMINFER_GENERATOR")
        endif()
        set(generator "${WASMINFER_GENERATOR}")
    endif()

    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}.model")
    set(header "${folder}/${arg_NAME}.hpp")
    # Without external data this names the model alone; with it, the files beside the model count too.
    file(GLOB beside CONFIGURE_DEPENDS "${model}.data" "${model}_data")
    add_custom_command(
        OUTPUT "${header}"
        COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
        COMMAND ${generator} header "${model}" -o "${header}" --name "${arg_NAME}" ${arg_OPTIONS}
        # The generator leaves a header alone that would not change; the build wants it newer than the model.
        COMMAND "${CMAKE_COMMAND}" -E touch "${header}"
        DEPENDS "${model}" ${beside} ${generator}
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
    # A changed weights file is seen by its header's date, but .incbin is not: object files must name it.
    if(scope STREQUAL "PRIVATE")
        get_target_property(sources ${target} SOURCES)
        set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS "${header}")
    endif()
endfunction()

# What the scripts of this folder share. SOURCE is wasminfer's folder, BUILD a build of it, WORK a folder to make anew.

# run(COMMAND…): what it prints goes to `output` of the caller; a failure ends the script.
function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(result)
        list(JOIN ARGV " " line)
        message(FATAL_ERROR "failed (${result}): ${line}\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

# expect(TEXT): the last output must hold it.
function(expect text)
    string(FIND "${output}" "${text}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "\"${text}\" is not in the output:\n${output}")
    endif()
endfunction()

# An app's folder as its author has it: its sources, the models, nothing of wasminfer.
function(start_app name)
    file(REMOVE_RECURSE "${WORK}")
    file(COPY "${CMAKE_CURRENT_LIST_DIR}/${name}/" DESTINATION "${WORK}/app")
    file(COPY "${SOURCE}/examples/digits/digits.onnx" DESTINATION "${WORK}/app")
    run("${MAKE_MODELS}" "${WORK}/app")
endfunction()

import ArgumentParser

/// The completion script of a shell: what ArgumentParser makes, and with it the command line without a command, which is
/// one of `check`, and the words that stand for a command.
enum CompletionScript {
    /// - Parameter script: as ArgumentParser makes it.
    static func completed(_ script: String, for shell: CompletionShell) -> String {
        let commands = Doctor.configuration.subcommands.map { $0._commandName } + ["help"]
        switch shell {
        case .bash: return script + bash(commands)
        case .zsh: return zsh(script, commands)
        case .fish: return fish(script, commands)
        default: return script
        }
    }

    private static func bash(_ commands: [String]) -> String {
        """

        _clm-doctor_or_check() {
            local first="${COMP_WORDS[1]}"
            case "${first}" in
            \(commands.joined(separator: "|")))
                _clm-doctor "${@}"
                return
                ;;
            esac
            if [[ "${COMP_CWORD}" -eq 1 && "${first}" != -* ]]; then
                _clm-doctor "${@}"
                local -r cur="${2}"
                __clm-doctor_add_completions -W $'fix\\nversion'
                __clm-doctor_add_completions -f
                return
            fi
            local -i index="$((COMP_CWORD + 1))"
            local -r program="${COMP_WORDS[0]}"
            local -a given=("${COMP_WORDS[@]:1}")
            if [[ "${first}" = fix ]]; then
                index="${COMP_CWORD}"
                given=("${COMP_WORDS[@]:2}")
            fi
            local -a COMP_WORDS=("${program}" check "${given[@]}")
            local -i COMP_CWORD="${index}"
            local COMP_LINE="${COMP_WORDS[*]}"
            local -i COMP_POINT="${#COMP_LINE}"
            _clm-doctor "${@}"
        }
        complete -o filenames -o bashdefault -o default -F _clm-doctor_or_check clm-doctor
        """
    }

    private static func zsh(_ script: String, _ commands: [String]) -> String {
        let wrapper = """
            _clm-doctor() {
                local -a commands=(\(commands.joined(separator: " ")))
                if (( CURRENT == 2 )) && [[ "${words[2]}" != -* ]]; then
                    _clm-doctor_commands
                    _alternative 'words:word:(fix version)' 'files:path:_files'
                    return
                elif [[ "${words[2]}" = fix ]]; then
                    words[2]=check
                elif (( ! ${commands[(Ie)${words[2]}]} )); then
                    words=("${words[1]}" check "${(@)words[2,-1]}")
                    (( CURRENT++ ))
                fi
                _clm-doctor_commands
            }


            """
        let end = "if [[ \"${funcstack[1]}\" = _clm-doctor ]]"
        return script.replacing("\n_clm-doctor() {", with: "\n_clm-doctor_commands() {", maxReplacements: 1)
            .replacing(end, with: wrapper + end)
    }

    private static func fish(_ script: String, _ commands: [String]) -> String {
        let tokens = "    set -l unparsed_tokens (__clm-doctor_tokens -pc)\n"
        // Before fish 4 there is no such question, and nobody needs its answer.
        let cursor = "(__clm-doctor_tokens -tC)"
        return script.replacing(tokens, with: tokens + "    __clm-doctor_or_check\n")
            .replacing(cursor, with: "0") + """

                function __clm-doctor_or_check -S
                    if test (count $unparsed_tokens) -eq 1
                        string match -q -- '-*' (commandline -t); and set unparsed_tokens $unparsed_tokens check
                        return
                    end
                    switch $unparsed_tokens[2]
                    case \(commands.joined(separator: " "))
                    case fix
                        set unparsed_tokens[2] check
                    case '*'
                        set unparsed_tokens $unparsed_tokens[1] check $unparsed_tokens[2..]
                    end
                end
                complete -c 'clm-doctor' -n '__clm-doctor_should_offer_completions_for_positional "clm-doctor" -eq 1' -F -a 'fix version'
                """
    }
}

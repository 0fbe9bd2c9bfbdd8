extension ParsedDockerfile {
    /// Evaluates the file for one build.
    package func evaluated(_ options: EvaluationOptions = EvaluationOptions()) -> EvaluatedDockerfile {
        EvaluatedDockerfile(parsed: self, stages: [], target: nil, globalArgs: Environment(), problems: [])
    }
}

/// What buildx 0.29 prints of attributes of the generator's first files: the file, the target, the attribute and its value.
let recorded: [(Int, String, String, String)] = [
    (0, "t0", "labels", #"{"org.x/2":"7","other":"RELEASE-2+2"}"#),
    (0, "t10", "args", #"{"A":"release-2+2","B":"plain","C":"7"}"#),
    (0, "t10", "labels", #"{"org.x/2":"b.c.d","other":"a"}"#),
    (0, "t11-1-0-a", "args", #"{"A":"534893c4b4f9afefebd4f755332c9802","B":"1.0/a"}"#),
    (0, "t11-1-0-b", "args", #"{"A":"534893c4b4f9afefebd4f755332c9802","B":"1.0/b"}"#),
    (0, "t11-2-1-a", "args", #"{"A":"534893c4b4f9afefebd4f755332c9802","B":"2.1/a"}"#),
    (0, "t11-2-1-b", "args", #"{"A":"534893c4b4f9afefebd4f755332c9802","B":"2.1/b"}"#),
    (0, "t4", "args", #"{"A":"862312dc4fb2acc80c065a4447ebcfd3","B":"plain"}"#),
    (0, "t5", "args", #"{"A":"release-2","B":"plain","C":"YStiJTJGcmVsZWFzZS0yJTI2"}"#),
    (
        0, "t6", "args",
        #"{"A":"1137b15c7797aa84ec24e8dca5cb966dd016624374a09cb2ecaa9ac3229f5ccc","B":"plain","C":"7"}"#
    ),
    (0, "t7", "args", #"{"X":"1","Y-Z":"1"}"#),
    (0, "t8", "labels", #"{"org.x/2":"1,48","other":"m,release-2"}"#),
    (
        0, "t9", "args",
        #"{"A":"fff8ed0b48c1fb9899311ac02b1e6f7ad7baae9fe0baf61660d7344117477bb6","B":"plain"}"#
    ),
    (0, "t9", "labels", #"{"org.x/2":"release-2","other":"release-2"}"#),
    (1, "t0-1-0-a", "labels", #"{"org.x/0":"3","other":"LATEST+2"}"#),
    (1, "t10", "args", #"{"A":"latest+2","B":"plain","C":"3"}"#),
    (1, "t11-1-0-a", "args", #"{"A":"a280f35f2096b761a63b37e4b1bdb8ee","B":"1.0/a"}"#),
    (1, "t11-1-0-b", "args", #"{"A":"a280f35f2096b761a63b37e4b1bdb8ee","B":"1.0/b"}"#),
    (1, "t11-2-1-a", "args", #"{"A":"a280f35f2096b761a63b37e4b1bdb8ee","B":"2.1/a"}"#),
    (1, "t11-2-1-b", "args", #"{"A":"a280f35f2096b761a63b37e4b1bdb8ee","B":"2.1/b"}"#),
    (1, "t4", "args", #"{"A":"f79f27a9ad0ced3ad7520bdf5c3c84f7","B":"plain"}"#),
    (1, "t5", "args", #"{"A":"latest","B":"plain","C":"YStiJTJGbGF0ZXN0JTI2"}"#),
    (
        1, "t6", "args",
        #"{"A":"fa95e5080882f52bd40ccab2dee9c88c4d1fad7ad1093f93a0edcd8fb42d2bee","B":"plain","C":"3"}"#
    ),
    (1, "t7", "args", #"{"X":"1","Y-Z":"3"}"#),
    (1, "t8", "labels", #"{"org.x/2":"1,45","other":"latest,m"}"#),
    (
        1, "t9", "args",
        #"{"A":"4f20207f99032baac9bf7dcad36c7b9bfa8ba516c1f63f7eba01649a2df6c5ef","B":"plain"}"#
    ),
    (1, "t9", "labels", #"{"org.x/2":"latest","other":"latest"}"#),
    (2, "t0", "labels", #"{"org.x/0":"3","other":"V1.2.3+2"}"#),
    (2, "t10", "args", #"{"A":"v1.2.3+2","B":"plain","C":"3"}"#),
    (2, "t4", "args", #"{"A":"6f45b2a1570e3ca0f8309787bf310160","B":"plain"}"#),
    (2, "t5", "args", #"{"A":"v1.2.3","B":"plain","C":"YStiJTJGdjEuMi4zJTI2"}"#),
    (2, "t7", "args", #"{"X":"1","Y-Z":"0"}"#),
    (2, "t8", "labels", #"{"org.x/2":"1,33","other":"m,v1.2.3"}"#),
    (
        2, "t9", "args",
        #"{"A":"2d53e33bb2631e1e30d46a1501e024361263110087f833c6156d48263bb59e4c","B":"plain"}"#
    ),
    (2, "t9", "labels", #"{"org.x/2":"v1.2.3","other":"v1.2.3"}"#),
    (3, "t0", "args", #"{"A":"b","B":"plain"}"#),
    (3, "t10", "args", #"{"A":"release-2+2","B":"plain","C":"3"}"#),
    (3, "t8", "labels", #"{"org.x/2":"1,20","other":"m,release-2"}"#),
    (
        3, "t9", "args",
        #"{"A":"cef697e10d3c1e538b3da358bc5e653d8e8b86cac395042612adeeeda6056491","B":"plain"}"#
    ),
]

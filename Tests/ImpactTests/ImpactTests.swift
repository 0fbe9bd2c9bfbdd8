@testable import Impact

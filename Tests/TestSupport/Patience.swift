/// How long tests wait for what must come.
///
/// The deadline ends a wait for what never comes. It is far beyond what the slowest machine needs, and says nothing of speed.
package enum Patience {
    package static let seconds = 300
    package static var limit: Duration { .seconds(seconds) }
}

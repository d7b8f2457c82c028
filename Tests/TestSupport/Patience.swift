/// The time that tests wait for something that must come.
///
/// The limit ends a wait for something that never comes. It is far above the slowest machine's needs, and no measure of speed.
package enum Patience {
    package static let seconds = 300
    package static var limit: Duration { .seconds(seconds) }
}

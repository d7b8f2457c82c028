/// How far two texts are apart, for misspelt words.
enum EditDistance {
    /// - Returns: the number of letters to insert, remove, replace or swap with their neighbour (optimal string alignment); `nil` if it is
    ///   more than `limit`.
    static func between(_ left: String, _ right: String, limit: Int) -> Int? {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard abs(left.count - right.count) <= limit, left.count <= 255 else { return nil }
        var before: [Int] = []
        var above = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                let isSame = left[i] == right[j]
                var best = min(above[j] + (isSame ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, above) = (above, row)
        }
        let distance = above[right.count]
        return distance <= limit ? distance : nil
    }

    /// - Returns: the word that is nearest to a text, if it is within `limit` and is not the text.
    static func nearest(to text: String, of words: [String], limit: Int) -> String? {
        var best: (word: String, distance: Int)?
        for word in words where word != text {
            guard let distance = between(text, word, limit: limit) else { continue }
            if distance < best?.distance ?? .max { best = (word, distance) }
        }
        return best?.word
    }
}

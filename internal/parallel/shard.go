package parallel

// Shards returns how many shards of size elements n elements make; the last
// may be shorter. It panics if size is not positive.
func Shards(n, size int) int {
	if size <= 0 {
		panic("parallel: size of a shard is not positive")
	}
	return (n + size - 1) / size
}

// Shard returns the range of elements lo ≤ e < hi of shard i.
func Shard(i, n, size int) (lo, hi int) {
	return i * size, min(n, (i+1)*size)
}

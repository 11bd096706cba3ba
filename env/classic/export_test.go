package classic

// SmallSincos32 lets the tests with recordings see it.
var SmallSincos32 = smallSincos32

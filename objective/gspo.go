package objective

// gspo is PPO's clip on the ratio of whole sequences. With the geometric mean
// s = exp(Σ m·log r / Σ m) of its rows' ratios, each row adds
//
//	min(s·A, clip(s, 1−low, 1+high)·A), slope by s as in [Clip]
//
// All rows of a sequence share s, so a sequence is clipped as a whole, and each
// row's gradient is the same. Ranges are far smaller than those of single rows:
// the paper's are 3e-4 and 4e-4.
//
// The gradient is that of s as it stands. Where weight or advantage vary within a
// sequence it differs from that of volcengine/verl and SkyRL, who let each row's
// own term pull at its own log-probability; where they do not, it is the same.
//
// Source: Zheng et al. 2025, https://arxiv.org/abs/2507.18071.
func gspo(s Settings) sequential {
	return sequential{formula: clip(s), narrow: wholeRange}
}

// wholeRange is every log-ratio as it is.
func wholeRange(change, _ float64) (float64, bool) { return change, true }

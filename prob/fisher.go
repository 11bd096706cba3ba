package prob

import "github.com/proximal-rl/proximal/internal/kernel"

// FisherProduct writes, for the probabilities p of a row,
//
//	dst_j = p_j·(v_j − Σ_k p_k·v_k)
//
// which is (diag p − p·pᵀ)·v. dst must not overlap v.
func (c Categorical) FisherProduct(dst, v, parameters []float32) {
	same(rows(parameters, c.N), rows(dst, c.N), rows(v, c.N))
	kernel.Exp(dst, parameters)
	for at := 0; at < len(dst); at += c.N {
		p, v := dst[at:at+c.N], v[at:at+c.N]
		mean := 0.0
		for j, x := range v {
			mean += float64(float64(p[j]) * float64(x))
		}
		for j, x := range v {
			p[j] = float32(float64(p[j]) * (float64(x) - mean))
		}
	}
}

// FisherProduct writes, in each dimension,
//
//	dst_mean   = v_mean / std²
//	dst_logStd = 2·v_logStd
//
// dst must not overlap v.
func (g Gaussian) FisherProduct(dst, v, parameters []float32) {
	n := rows(parameters, 2*g.A)
	same(n, rows(dst, 2*g.A), rows(v, 2*g.A))
	var remembered kernel.Exponentials
	for b := range n {
		_, logStd := g.row(parameters, b)
		dstMean, dstLogStd := g.row(dst, b)
		vMean, vLogStd := g.row(v, b)
		for i := range dstMean {
			inverse := remembered.Exp1(i, -logStd[i])
			dstMean[i] = float32(vMean[i]*inverse) * inverse
			dstLogStd[i] = 2 * vLogStd[i]
		}
	}
}

// JVP writes how the log standard deviations that Forward has computed change
// where those of the weights change by v_logStd: into the rows v_dist [B,2A],
// behind the changes of the means, which it leaves as they are,
//
//	v_dist[b,A+a] = Σ_k features[b,k]²·exp(2·logStd[k,a])·v_logStd[k,a] / variance[b,a]
//
// with vLogStd [F,A]. It is to follow Forward on the same tape. A change of the
// features plays no role, as in Backward.
func (n StateNoise) JVP(t *NoiseTape, vDist, vLogStd []float32) {
	b := rows(vDist, 2*n.A)
	same(n.F, rows(vLogStd, n.A))
	for i, v := range vLogStd {
		t.dSpread[i] = t.spread[i] * v
	}
	change := t.ratio[:b*n.A]
	kernel.Linear(change, t.squares[:b*n.F], t.dSpread, nil, b, n.F, n.A)
	for r := range b {
		_, v := Gaussian{n.A}.row(vDist, r)
		for a := range v {
			v[a] = change[r*n.A+a] / t.variance[r*n.A+a]
		}
	}
}

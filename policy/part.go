package policy

// EvaluateActor is ForwardActor followed by the LogProb of the given actions
// [B,A] and the Entropy of their distributions.
func (s *Pass) EvaluateActor(obs, action []float32) {
	s.ForwardActor(obs)
	s.LogProb, s.Entropy = s.room.logProb[:s.rows], s.room.entropy[:s.rows]
	s.policy.Distribution().LogProb(s.LogProb, action, s.Dist)
	s.policy.Distribution().Entropy(s.Entropy, s.Dist)
}

// BackwardActor is Backward for a loss that does not depend on Value, after
// Evaluate or EvaluateActor: it adds the gradient by the parameters of trunk and
// actor, and leaves the critic's as they are.
func (s *Pass) BackwardActor(dParameters, action, dLogProb, dEntropy []float32) {
	dDist := s.dDist[:len(s.Dist)]
	s.policy.Distribution().Backward(dDist, dLogProb, dEntropy, action, s.Dist)
	s.backwardPolicy(dParameters, dDist)
}

// backwardPolicy walks back from the gradient by the raw parameters of the
// distributions through all that they depend on.
func (s *Pass) backwardPolicy(dParameters, dDist []float32) {
	p := s.policy
	s.backwardActor(p.trunk.Delta(s.trunk, s.rows), dParameters, dDist)
	p.trunk.Backward(s.trunk, nil, dParameters, p.Parameters, s.obs, s.rows)
}

// BackwardValue is Backward for a loss that depends on Value alone, after
// ForwardValue, and stops at the trunk: it adds the gradient by the critic's own
// parameters, and leaves those that it shares with the actor as they are.
func (s *Pass) BackwardValue(dParameters, dValue []float32) {
	s.backwardCritic(nil, dParameters, dValue)
}

package physics

// Revolute says how a new joint holds two moving bodies together at one point, and
// how they may turn around it. It is plain data.
type Revolute struct {
	A, B             int // the bodies
	AnchorA, AnchorB Vec // the common point in the frame of each
	// The angle of B, measured from A and from its value when the joint is
	// made, stays between these.
	Lower, Upper float32
	// The motor turns B against A at this speed, as far as this torque can.
	Speed, MaxTorque float32
}

// limitState says which of its limits a joint has reached.
type limitState int32

const (
	betweenLimits limitState = iota
	atLower
	atUpper
)

// joint is a revolute joint of a world. Its ends are numbered as those of a
// contact are.
type joint struct {
	Anchor           [2]Vec
	Lower, Upper     float32
	Speed, MaxTorque float32
	Reference        float32 // angle between the bodies when it was made
	Impulse          Vec
	LimitImpulse     float32
	MotorImpulse     float32
	Limit            limitState
	Body, NextEnd    [2]int32
	InIsland         bool
}

// AddRevolute adds a joint and returns its number. It panics unless the bodies are
// two that move and the limits leave them 4°.
func (w *World) AddRevolute(r Revolute) int {
	a, b := &w.bodies[r.A], &w.bodies[r.B]
	if !a.Moving || !b.Moving || r.A == r.B {
		panic("physics: a joint must hold two moving bodies")
	}
	if r.Upper-r.Lower < 2*angularSlop {
		panic("physics: limits of a joint must lie apart")
	}
	k := int32(len(w.joints))
	w.joints = append(w.joints, joint{
		Anchor: [2]Vec{r.AnchorA, r.AnchorB},
		Lower:  r.Lower, Upper: r.Upper,
		Speed: r.Speed, MaxTorque: r.MaxTorque,
		Reference: b.Sweep.EndAngle - a.Sweep.EndAngle,
		Body:      [2]int32{int32(r.A), int32(r.B)},
		NextEnd:   [2]int32{a.FirstJointEnd, b.FirstJointEnd},
	})
	a.FirstJointEnd, b.FirstJointEnd = 2*k, 2*k+1
	return int(k)
}

// SetMotor changes the motor of a joint and wakes its bodies.
func (w *World) SetMotor(k int, speed, maxTorque float32) {
	j := &w.joints[k]
	w.bodies[j.Body[0]].wake()
	w.bodies[j.Body[1]].wake()
	j.Speed, j.MaxTorque = speed, maxTorque
}

// SetSpeed changes the speed of the motor of a joint and wakes its bodies.
func (w *World) SetSpeed(k int, speed float32) { w.SetMotor(k, speed, w.joints[k].MaxTorque) }

// JointAngle returns the angle of a joint, in radians.
func (w *World) JointAngle(k int) float32 {
	j := &w.joints[k]
	return w.bodies[j.Body[1]].Sweep.EndAngle - w.bodies[j.Body[0]].Sweep.EndAngle - j.Reference
}

// JointSpeed returns how fast a joint turns, in rad/s.
func (w *World) JointSpeed(k int) float32 {
	j := &w.joints[k]
	return w.bodies[j.Body[1]].Spin - w.bodies[j.Body[0]].Spin
}

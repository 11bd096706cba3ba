package main

func Example() {
	main()
	// Unordered output:
	// 10 °C: heater true
	// 30 °C: heater false
}

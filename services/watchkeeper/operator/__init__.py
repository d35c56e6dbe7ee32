"""What a person runs from a shell: the bundle as processes, its operations, the doctor, drills."""

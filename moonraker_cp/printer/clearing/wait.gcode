{fail("A person has to take the part off.")}

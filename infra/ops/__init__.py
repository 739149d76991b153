"""Operations on a running stack, local or on AWS: verify, redrive, reshard."""

// Rejects a file that is too large or empty before it is uploaded; S3 would answer with an error page.
for (const input of document.querySelectorAll("input[data-max-bytes]")) {
  input.addEventListener("change", () => {
    const sizes = [...input.files].map((file) => file.size);
    const isTooLarge = sizes.some((size) => size > Number(input.dataset.maxBytes));
    const empty = sizes.includes(0) ? "The file is empty. Choose another file." : "";
    input.setCustomValidity(isTooLarge ? "The file is too large. Split it into several files." : empty);
    input.reportValidity();
  });
}

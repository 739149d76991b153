// Says that a file is too large before it is sent; S3 would refuse it with a page of its own.
for (const input of document.querySelectorAll("input[data-largest]")) {
  input.addEventListener("change", () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.largest));
    input.setCustomValidity(large ? "This file is too large. Please send it in parts." : "");
    input.reportValidity();
  });
}

defmodule A.MixProject do
  def project, do: [apps_path: "apps"]
end
